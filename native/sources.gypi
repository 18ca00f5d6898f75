{
  "variables": {
    "common_sources": [
      "native/binding/addon.cc",
      "native/binding/environment.cc",
      "native/binding/external_memory.cc",
      "native/binding/failure.cc",
      "native/binding/file_object.cc",
      "native/binding/lock_object.cc",
      "native/binding/segment_object.cc",
      "native/binding/semaphore_object.cc",
      "native/binding/tracking.cc",
      "native/binding/wait_pool.cc",
      "native/binding/window_object.cc",
      "native/sync/lock_cell.cc",
      "native/tracking/doomed.cc",
      "native/tracking/journal.cc",
      "native/tracking/tracker.cc"
    ],
    "posix_sources": [
      "native/platform/posix/errors.cc",
      "native/platform/posix/fault_guard.cc",
      "native/platform/posix/file_mapping_posix.cc",
      "native/platform/posix/file_size.cc",
      "native/platform/posix/lock_file_posix.cc",
      "native/platform/posix/mapped_segment.cc",
      "native/platform/posix/memory_window_posix.cc",
      "native/platform/posix/monotonic_clock.cc",
      "native/platform/posix/pin.cc",
      "native/platform/posix/process_end_posix.cc",
      "native/platform/posix/segment_posix.cc",
      "native/platform/posix/semaphore_posix.cc",
      "native/platform/posix/waiting_thread_posix.cc"
    ],
    "linux_sources": [
      "native/platform/linux/boot_id.cc",
      "native/platform/linux/copy_on_write_linux.cc",
      "native/platform/linux/duplicate_mapping_linux.cc",
      "native/platform/linux/segment_linux.cc",
      "native/platform/linux/semaphore_linux.cc",
      "native/platform/linux/shared_memory_folder.cc"
    ],
    "linux_fast_sources": [
      "native/platform/linux/liveness_ofd.cc",
      "native/platform/linux/parking_futex.cc",
      "native/platform/linux/semaphore_wait_clock.cc"
    ],
    "darwin_sources": [
      "native/platform/darwin/boot_id.cc",
      "native/platform/darwin/copy_on_write_darwin.cc",
      "native/platform/darwin/duplicate_mapping_darwin.cc",
      "native/platform/darwin/segment_darwin.cc",
      "native/platform/darwin/semaphore_darwin.cc"
    ],
    "fallback_sources": [
      "native/platform/posix/liveness_file.cc",
      "native/platform/posix/parking_backoff.cc",
      "native/platform/posix/semaphore_wait_poll.cc"
    ],
    "win_sources": [
      "native/platform/win/errors.cc",
      "native/platform/win/file_mapping_win.cc",
      "native/platform/win/leftovers_win.cc",
      "native/platform/win/liveness_win.cc",
      "native/platform/win/mapped_view.cc",
      "native/platform/win/memory_window_win.cc",
      "native/platform/win/object_name.cc",
      "native/platform/win/parking_win.cc",
      "native/platform/win/segment_list_win.cc",
      "native/platform/win/segment_win.cc",
      "native/platform/win/semaphore_win.cc",
      "native/platform/win/waiting_thread_win.cc"
    ],
    "mingw_sources": ["native/platform/win/delay_load_mingw.cc"]
  }
}
