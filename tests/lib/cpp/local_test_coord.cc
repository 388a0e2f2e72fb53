#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

class LocalTestCoord final : public TestCoord {
 public:
  Coord Join() override { return MakeLocal(); }
  [[nodiscard]] bool shared() const override { return false; }
};

}  // namespace

std::unique_ptr<TestCoord> TestCoord::Make() {
  return std::make_unique<LocalTestCoord>();
}

}  // namespace matinee::coord
