// What the components of component_fixture.cc look like to the test that finds them.
#pragma once

struct rump_component {
  const char* name;
};

struct modinfo {
  const char* name;
};
