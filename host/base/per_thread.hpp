// A value of each thread that outlives the thread's thread_local variables: these may be a plugin's, and their destructors may call the
// host. (The C library destroys what hangs on keys after them.) One that is asked for even later is made anew. Used where
// the host serves calls from threads that are not its own.
#pragma once

#include <pthread.h>

#include "base/assertion.hpp"

namespace backplane::base {

// Never destroyed itself: threads may end after main has returned. Any thread.
template <class T>
class PerThread {
 public:
  PerThread() { BACKPLANE_ASSERT(pthread_key_create(&key_, [](void* value) { delete static_cast<T*>(value); }) == 0); }
  PerThread(const PerThread&) = delete;
  PerThread& operator=(const PerThread&) = delete;

  // This thread's, made at the first call.
  T& get() const {
    if (void* const value = pthread_getspecific(key_)) return *static_cast<T*>(value);
    T* const made = new T();
    BACKPLANE_ASSERT(pthread_setspecific(key_, made) == 0);
    return *made;
  }

 private:
  pthread_key_t key_{};
};

}  // namespace backplane::base
