// One component library: it defines PROVIDES, and calls NEEDS if it needs something.
extern "C" {
#ifdef NEEDS
int NEEDS();
int PROVIDES() { return NEEDS(); }
#else
int PROVIDES() { return 0; }
#endif
}
