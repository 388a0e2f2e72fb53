#include "ffmpeg/traced_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/trace.h"
#include "tests/unit/telemetry/fake_transport.h"

namespace matinee::ffmpeg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class OneExit final : public process::Runner {
 public:
  explicit OneExit(Result<process::Exit> exit) : exit_(std::move(exit)) {}
  Result<process::Exit> Run(const process::Command&, const process::RunOptions&) override {
    return exit_;
  }

 private:
  const Result<process::Exit> exit_;
};

// What the collector receives for a run of "/opt/ffmpeg" on a secret media file.
std::string Exported(Result<process::Exit> exit) {
  FakeTransport transport;
  TraceSettings settings;
  settings.endpoint = "http://collector/v1/traces";
  settings.protocol = OtlpProtocol::kJson;
  EXPECT_TRUE(ConfigureTracing(settings, transport, nullptr));
  {
    const Span outer("outer");
    const ActiveSpan active(outer);
    OneExit runner(std::move(exit));
    process::Command command;
    command.argv = {"/opt/ffmpeg", "-i", "/films/secret.mkv"};
    static_cast<void>(RunTraced(runner, command, {}));
  }
  ShutdownTracing(milliseconds(2000));
  return transport.bodies();
}

TEST(TracedRunTest, TheSpanHasTheProgramsNameAndExitCode) {
  process::Exit exit;
  exit.code = 0;
  const std::string body = Exported(exit);
  EXPECT_THAT(body, HasSubstr(R"("name":"ffmpeg","kind":1)"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"process.exit.code","value":{"intValue":"0"}})"));
  EXPECT_THAT(body, Not(HasSubstr("status")));
  EXPECT_THAT(body, Not(HasSubstr("secret")));
}

TEST(TracedRunTest, ANonZeroExitCodeIsAnError) {
  process::Exit exit;
  exit.code = 187;
  const std::string body = Exported(exit);
  EXPECT_THAT(body, HasSubstr(R"("intValue":"187")"));
  EXPECT_THAT(body, HasSubstr(R"("status":{"code":2})"));
}

TEST(TracedRunTest, AFailedRunIsAnError) {
  EXPECT_THAT(Exported(Fail(Code::kDeadlineExceeded, "too long")), HasSubstr("deadline_exceeded"));
}

}  // namespace
}  // namespace matinee::ffmpeg
