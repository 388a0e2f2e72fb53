// What libmatinee_accept.so writes to nginx's stderr: the prefix, how many connections were refused
// since the last line, a space, and the last refused address.
#pragma once

namespace matinee::edge {

inline constexpr const char* kRefusalPrefix = "matinee_accept: refused ";

}  // namespace matinee::edge
