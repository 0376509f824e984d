// The table of processes, and their making and ending.
#include "kernel/core/proc.h"

#include <algorithm>
#include <cstring>

#include "kernel/core/lwproc.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

constexpr std::int32_t kMaxPid = 30000;
constexpr std::size_t kMaxCommand = 16;

// By pid. A slot keeps its reference until the process has no lwps.
struct ProcessTable {
  std::vector<Ref<Process>> slots;
  std::int32_t last = 0;
};
ProcessTable* table;

bool is_free(std::int32_t pid) {
  return static_cast<std::size_t>(pid) >= table->slots.size() || !table->slots[pid];
}

// Goes round, so that a pid is not used again soon. 0 when all are in use.
std::int32_t allocate_pid() {
  for (std::int32_t tried = 0; tried < kMaxPid; ++tried) {
    table->last = table->last >= kMaxPid ? kInitPid + 1 : table->last + 1;
    if (is_free(table->last)) return table->last;
  }
  return 0;
}

void enter_table(const Ref<Process>& process) {
  auto slot = static_cast<std::size_t>(process->pid);
  if (slot >= table->slots.size()) table->slots.resize(slot + 1);
  table->slots[slot] = process;
}

void set_command(Process& process, const char* comm) {
  process.command.assign(comm, strnlen(comm, kMaxCommand));
}

Ref<Process> make_root_process(std::int32_t pid, const char* comm) {
  auto process = make_ref<Process>();
  process->pid = process->group = process->session = pid;
  set_command(*process, comm);
  process->descriptors = make_ref<DescriptorTable>();
  enter_table(process);
  return process;
}

Ref<DescriptorTable> descriptors_for_child(const Process& parent, int flags) {
  if ((flags & RUMP_RFFDG) != 0) return parent.descriptors->copy();
  if ((flags & RUMP_RFCFDG) == 0) return parent.descriptors;
  auto fresh = make_ref<DescriptorTable>();
  fresh->limit = parent.descriptors->limit;
  return fresh;
}

Ref<Process> make_child(const Process& parent, std::int32_t pid, int flags) {
  auto child = make_ref<Process>();
  child->pid = pid;
  child->parent = parent.pid;
  child->group = parent.group;
  child->session = parent.session;
  child->command = parent.command;
  child->credentials = parent.credentials;
  child->umask = parent.umask;
  std::copy(std::begin(parent.limits), std::end(parent.limits), std::begin(child->limits));
  child->descriptors = descriptors_for_child(parent, flags);
  return child;
}

}  // namespace

Process::Process() {
  for (auto& limit : limits) limit = {INT64_MAX, INT64_MAX};
  limits[NB_RLIMIT_NOFILE].rlim_max = DescriptorTable::kMostDescriptors;
}

void proc_init() {
  table = new ProcessTable;
  make_root_process(0, "system");
  make_root_process(kInitPid, "init");
  table->last = kInitPid;
}

Process* process_find(std::int32_t pid) {
  if (pid < 0 || is_free(pid)) return nullptr;
  return table->slots[pid].get();
}

void process_visit(void (*visit)(Process& process, void* context), void* context) {
  for (std::size_t pid = kInitPid; pid < table->slots.size(); ++pid) {
    if (table->slots[pid]) visit(*table->slots[pid], context);
  }
}

Result<void> process_fork(void* client, int flags, const char* comm) {
  if (flags != 0 && flags != RUMP_RFFDG && flags != RUMP_RFCFDG) return Error{NB_EINVAL};
  std::int32_t pid = allocate_pid();
  if (pid == 0) return Error{NB_EAGAIN};
  auto child = make_child(current_process(), pid, flags);
  child->client = client;
  if (comm != nullptr) set_command(*child, comm);
  enter_table(child);
  lwp_switch(lwp_create(child));
  return {};
}

Result<void> process_new_lwp(std::int32_t pid) {
  Process* process = process_find(pid);
  if (process == nullptr || process->pid == 0) return Error{NB_ESRCH};
  if (process->exiting) return Error{NB_EBUSY};
  lwp_switch(lwp_create(Ref<Process>(process)));
  return {};
}

void process_interrupt_others() {
  Process& process = current_process();
  process.exiting = true;
  for (Lwp* lwp : process.lwps) {
    if (lwp != &current_lwp()) lwp->interrupt();
  }
}

void process_exec_notify(const char* comm) {
  Process& process = current_process();
  process.exiting = false;
  // Whoever shares the table by rfork runs another program and keeps its descriptors.
  if (process.descriptors->shared()) process.descriptors = process.descriptors->copy();
  process.descriptors->close_on_exec();
  set_command(process, comm);
}

void process_exit(Process& process) {
  process.exiting = true;
  process.descriptors = nullptr;
  process_visit(
      [](Process& other, void* gone) {
        if (other.parent == static_cast<Process*>(gone)->pid) other.parent = kInitPid;
      },
      &process);
  table->slots[process.pid] = nullptr;
}

}  // namespace farcall::kernel
