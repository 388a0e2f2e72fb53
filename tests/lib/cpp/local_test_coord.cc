#include "tests/lib/cpp/test_coord.h"

namespace matinee::coord {
namespace {

class LocalTestCoord final : public TestCoord {
 public:
  Coordination Join() override { return MakeLocal(kTestQueues, clock_); }
  [[nodiscard]] bool shared() const override { return false; }

 private:
  const SystemClock clock_{};
};

}  // namespace

std::unique_ptr<TestCoord> TestCoord::Make() {
  return std::make_unique<LocalTestCoord>();
}

}  // namespace matinee::coord
