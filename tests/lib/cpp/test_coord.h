// What processes share, for a test. The same tests run on every kind: a test program is linked with
// local_test_coord.cc or redis_test_coord.cc.
#pragma once

#include <memory>

#include "coord/coord.h"

namespace matinee::coord {

class TestCoord {
 public:
  static std::unique_ptr<TestCoord> Make();
  virtual ~TestCoord() = default;

  // What one process has of it. More than once only if `shared`.
  virtual Coord Join() = 0;
  // Whether there can be several processes.
  [[nodiscard]] virtual bool shared() const = 0;
};

}  // namespace matinee::coord
