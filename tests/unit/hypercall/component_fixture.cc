// A shared object with a kernel component and a module, as NetBSD's are made: pointers in link
// sets, between symbols that the linker makes.
#include "component_fixture.h"

namespace {

const rump_component component = {.name = FIXTURE_NAME};
const modinfo first_module = {.name = FIXTURE_NAME "-first"};
const modinfo second_module = {.name = FIXTURE_NAME "-second"};

#define IN_LINK_SET(set) [[gnu::section("link_set_" set), gnu::used]]
IN_LINK_SET("rump_components") const rump_component* const component_entry = &component;
IN_LINK_SET("modules") const modinfo* const first_entry = &first_module;
IN_LINK_SET("modules") const modinfo* const second_entry = &second_module;

}  // namespace

extern "C" {

extern const rump_component* const __start_link_set_rump_components[];
extern const rump_component* const __stop_link_set_rump_components[];
extern const modinfo* const __start_link_set_modules[];
extern const modinfo* const __stop_link_set_modules[];

// The linker defines them only where something refers to them.
const void* rump_fixture_symbols() {
  static const void* const used[] = {__start_link_set_rump_components,
                                     __stop_link_set_rump_components, __start_link_set_modules,
                                     __stop_link_set_modules};
  return used;
}

int other_fixture_symbol() { return 1; }
}
