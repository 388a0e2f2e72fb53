// Makes the permissions of files hold for root too, so that tests of them run as any user.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <thread>

namespace matinee {

// Runs `work` on a thread without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)), which
// is as good as another user for files of mode 0. Blocks until it has returned.
inline void RunUnprivileged(const std::function<void()>& work) {
  std::thread([&work] {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> rights{};
    syscall(SYS_capget, &header, rights.data());
    const __u32 fewer = ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
    rights[0].effective &= fewer;
    rights[0].permitted &= fewer;  // access(2) goes by these.
    syscall(SYS_capset, &header, rights.data());
    work();
  }).join();
}

}  // namespace matinee
