// Component discovery in ELF objects with each kind of symbol index.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <link.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "component_fixture.h"
#include "fake_kernel.h"
#include "farcall/hypercall.h"

namespace farcall::test {
namespace {

using ::testing::TestWithParam;

/// What the last rumpuser_dl_bootstrap reported. The callbacks have no argument to keep it
/// elsewhere.
std::vector<std::string> components;
std::vector<std::string> modules;
struct Symbol {
  std::string name;
  std::uintptr_t value;
};
std::vector<Symbol> symbols;

void load_modules(const modinfo* const* list, size_t count) {
  for (const modinfo* module : std::span(list, count)) modules.emplace_back(module->name);
}

void load_component(const rump_component* component) { components.emplace_back(component->name); }

int load_symbols(void* table, uint64_t size, char* names, uint64_t names_size) {
  for (const ElfW(Sym) & symbol :
       std::span(static_cast<const ElfW(Sym)*>(table), size / sizeof(ElfW(Sym)))) {
    EXPECT_LT(symbol.st_name, names_size);
    symbols.push_back({names + symbol.st_name, symbol.st_value});
  }
  return 0;
}

class DlBootstrap : public TestWithParam<const char*> {
 protected:
  DlBootstrap() {
    const std::string path =
        std::string(FIXTURE_DIRECTORY "/librump_fixture_") + GetParam() + ".so";
    object_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(object_, nullptr) << ::dlerror();
    components.clear();
    modules.clear();
    symbols.clear();
  }
  ~DlBootstrap() override { ::dlclose(object_); }

  static auto find(const std::string& name) {
    return std::find_if(symbols.begin(), symbols.end(),
                        [&](const Symbol& symbol) { return symbol.name == name; });
  }

  const std::string name_ = GetParam();
  void* object_;
};

TEST_P(DlBootstrap, FindsEachComponentAndModuleOnce) {
  rumpuser_dl_bootstrap(load_modules, load_symbols, load_component);
  EXPECT_EQ(components, std::vector<std::string>{name_});
  EXPECT_THAT(modules, ::testing::UnorderedElementsAre(name_ + "-first", name_ + "-second"));
}

TEST_P(DlBootstrap, TellsTheKernelItsSymbols) {
  rumpuser_dl_bootstrap(load_modules, load_symbols, load_component);
  const auto found = find("rump_fixture_symbols");
  ASSERT_NE(found, symbols.end());
  EXPECT_EQ(found->value,
            reinterpret_cast<std::uintptr_t>(::dlsym(object_, "rump_fixture_symbols")));
  EXPECT_NE(find("rumpuser_init"), symbols.end());
  EXPECT_EQ(find("other_fixture_symbol"), symbols.end()) << "only the kernel's name space counts";
  EXPECT_EQ(find("malloc"), symbols.end());
}

TEST_P(DlBootstrap, TellsTheKernelItsSymbolsLater) {
  farcall_hypercall_defer_symbols();
  rumpuser_dl_bootstrap(load_modules, load_symbols, load_component);
  EXPECT_EQ(components, std::vector<std::string>{name_});
  EXPECT_TRUE(symbols.empty());
  farcall_hypercall_load_symbols();
  EXPECT_NE(find("rump_fixture_symbols"), symbols.end());
  const auto count = symbols.size();
  farcall_hypercall_load_symbols();
  EXPECT_EQ(symbols.size(), count) << "once is enough";
}

TEST_P(DlBootstrap, CallbacksMayBeMissing) {
  rumpuser_dl_bootstrap(nullptr, nullptr, nullptr);
  EXPECT_TRUE(components.empty());
}

INSTANTIATE_TEST_SUITE_P(HashStyles, DlBootstrap, ::testing::Values("gnu", "sysv", "both"));

}  // namespace
}  // namespace farcall::test
