// The term of a lease: a fencing token. Each holder of a lease has a higher term than all holders
// before it and sends it with every write, so that a holder that has lost its lease without
// noticing (a stopped process, a cut network) is refused:
// https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
#pragma once

#include <cstdint>

namespace matinee::coord {

using Term = int64_t;
// A write that needs no lease.
constexpr Term kNoTerm = 0;

}  // namespace matinee::coord
