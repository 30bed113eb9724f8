// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/arenas.h"

#include <dlfcn.h>
#include <sys/mman.h>

namespace fletching::python {
namespace {

// Changed with the interpreter lock. The original is Python's own for as long as any
// PopulatedArenas lives.
int g_users = 0;
PyObjectArenaAllocator g_original;

void* allocate(void*, size_t size) {
  void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

// Python's own allocator lies in the same object as Python's functions, and there it is
// mmap and munmap.
bool is_pythons(const PyObjectArenaAllocator& a) {
  Dl_info python{};
  Dl_info alloc{};
  Dl_info free{};
  return dladdr(reinterpret_cast<void*>(&PyObject_GetArenaAllocator), &python) != 0 &&
         dladdr(reinterpret_cast<void*>(a.alloc), &alloc) != 0 &&
         dladdr(reinterpret_cast<void*>(a.free), &free) != 0 &&
         alloc.dli_fbase == python.dli_fbase && free.dli_fbase == python.dli_fbase;
}

}  // namespace

PopulatedArenas::PopulatedArenas() {
  if (g_users++ > 0) return;
  PyObject_GetArenaAllocator(&g_original);
  if (!is_pythons(g_original)) return;
  PyObjectArenaAllocator ours = g_original;
  ours.alloc = &allocate;
  PyObject_SetArenaAllocator(&ours);
}

PopulatedArenas::~PopulatedArenas() {
  if (--g_users > 0) return;
  PyObjectArenaAllocator now;
  PyObject_GetArenaAllocator(&now);
  if (now.alloc == &allocate) PyObject_SetArenaAllocator(&g_original);
}

}  // namespace fletching::python
