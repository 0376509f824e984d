/*
 * A kernel module for NetBSD 7.99.34's rump kernel, of what every module must have: it says when it
 * comes. Compiled by module.py; the structure is module(9)'s.
 */
void printf(const char*, ...);

static int control(int command, void* argument) {
  (void)argument;
  if (command == 0) /* MODULE_CMD_INIT */
    printf("module farcall_test is here\n");
  return 0;
}

static struct {
  unsigned version;
  int class;
  int (*control)(int, void*);
  const char* name;
  const char* required;
} info = {VERSION, 1 /* MODULE_CLASS_MISC */, control, "farcall_test", 0};

__attribute__((section("link_set_modules"), used)) static void* link = &info;
