// The number of a leader's term. Each leader has a higher one than all before it and writes it with
// everything it writes, so that one that has lost its lease without noticing (a stopped process, a
// cut network) is refused:
// https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
#pragma once

#include <cstdint>

namespace matinee::coord {

using Epoch = int64_t;
// A write by somebody who need not be the leader.
constexpr Epoch kNoEpoch = 0;

}  // namespace matinee::coord
