// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <new>

#include "bindings/python/gil.h"

namespace fletching::python {
namespace {

// A raised Python error, or none. Changed with the interpreter lock and on the main
// thread only.
struct Slot {
  PyObject* error = nullptr;

  void fill() noexcept {
    clear();
#if PY_VERSION_HEX >= 0x030C0000
    error = PyErr_GetRaisedException();
#else
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace != nullptr) PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    error = value;
#endif
  }
  // Makes it the current error; false if there was none.
  bool restore() noexcept {
    PyObject* const raised = std::exchange(error, nullptr);
    if (raised == nullptr) return false;
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(raised);
#else
    PyErr_Restore(new_reference(reinterpret_cast<PyObject*>(Py_TYPE(raised))), raised,
                  PyException_GetTraceback(raised));
#endif
    return true;
  }
  void clear() noexcept { Py_XDECREF(std::exchange(error, nullptr)); }
};
Slot g_slot;  // trivially destroyed

int raise_later(void*) { return g_slot.restore() ? -1 : 0; }

class PythonTick final : public Tick {
 public:
  void tick() override {
    if (!on_main_thread() || Py_IsInitialized() == 0) return;
    const PyGILState_STATE gil = PyGILState_Ensure();
    const bool raised = PyErr_CheckSignals() != 0;
    if (raised) g_slot.fill();
    PyGILState_Release(gil);
    if (raised) throw Interrupted();
  }
};

}  // namespace

Tick& python_tick() noexcept {
  alignas(PythonTick) static unsigned char storage[sizeof(PythonTick)];
  static Tick* tick = new (storage) PythonTick;
  return *tick;
}

// By its number: musl has no gettid() before 1.2.2.
bool on_main_thread() noexcept { return getpid() == ::syscall(SYS_gettid); }

void raise_interrupt() {
  if (on_main_thread() && g_slot.restore()) throw_python_error();
}

bool postpone_interrupt() noexcept {
  // Only this thread ever writes the slot, so it may be looked at without the lock.
  if (!on_main_thread() || g_slot.error == nullptr) return false;
  // Full only when Python has 32 calls waiting; then the error shows at the next call.
  Py_AddPendingCall(raise_later, nullptr);
  return true;
}

}  // namespace fletching::python
