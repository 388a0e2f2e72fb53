// Queries as spans.
#include <gmock/gmock.h>

#include "telemetry/trace.h"
#include "tests/unit/sql/sqlite_fixture.h"
#include "tests/unit/telemetry/fake_transport.h"

namespace matinee::sql {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

class QuerySpanTest : public SqliteTest {
 protected:
  QuerySpanTest() {
    TraceSettings settings;
    settings.endpoint = "http://collector/v1/traces";
    settings.protocol = OtlpProtocol::kJson;
    EXPECT_TRUE(ConfigureTracing(settings, transport_, nullptr));
  }
  ~QuerySpanTest() override { ShutdownTracing(milliseconds(0)); }

  std::string Exported() {
    ShutdownTracing(milliseconds(2000));
    return transport_.bodies();
  }

  FakeTransport transport_;
};

TEST_F(QuerySpanTest, AQueryIsASpanOfItsNameAndHoldsNoValue) {
  {
    const Span outer("outer");
    const ActiveSpan active(outer);
    ASSERT_TRUE(database_->Run({"look_up", "SELECT $1"}, {std::string("s3cret")}));
  }
  const std::string body = Exported();
  EXPECT_THAT(body, HasSubstr(R"("name":"look_up","kind":3)"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"db.system.name","value":{"stringValue":"sqlite"}})"));
  EXPECT_THAT(body, HasSubstr(R"({"key":"db.operation.name","value":{"stringValue":"look_up"}})"));
  EXPECT_THAT(body, Not(HasSubstr("s3cret")));
  EXPECT_THAT(body, Not(HasSubstr("SELECT")));
}

TEST_F(QuerySpanTest, AQueryThatFailsIsAnError) {
  {
    const Span outer("outer");
    const ActiveSpan active(outer);
    ASSERT_FALSE(database_->Run({"wrong", "SELECT nonsense FROM nowhere"}, {}));
  }
  EXPECT_THAT(Exported(), HasSubstr(R"("status":{"code":2})"));
}

TEST_F(QuerySpanTest, OutsideATraceAQueryHasNoSpan) {
  ASSERT_TRUE(database_->Run({"look_up", "SELECT 1"}, {}));
  EXPECT_EQ(Exported(), "");
}

}  // namespace
}  // namespace matinee::sql
