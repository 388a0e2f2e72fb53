// By which names this process may be asked: the settings, and the machine's own name.
#pragma once

#include "http/address_settings.h"
#include "http/host_policy.h"

namespace matinee {

http::HostPolicy HostPolicyOf(const http::AddressSettings& address);

}  // namespace matinee
