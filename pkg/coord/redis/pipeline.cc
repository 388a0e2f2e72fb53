#include "coord/redis/pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "telemetry/metrics.h"

namespace matinee::coord::redis {
namespace {

using std::chrono::steady_clock;

// OpenTelemetry's semantic conventions for db.client.operation.duration.
const std::vector<double>& OperationSeconds() {
  static const std::vector<double> bounds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
  return bounds;
}

}  // namespace

Pipeline::Pipeline(Dialer& dialer, std::chrono::milliseconds connect_time,
                   std::chrono::milliseconds command_time, Metrics* metrics)
    : dialer_(dialer),
      connect_time_(connect_time),
      command_time_(command_time),
      metrics_(metrics) {}

Pipeline::~Pipeline() = default;

Result<Reply> Pipeline::Call(std::string_view operation, Words words) {
  Waiting call;
  call.words = words;
  return Measure(operation, call);
}

Status Pipeline::CallAll(std::string_view operation,
                         std::span<const std::vector<std::string>> commands) {
  Waiting call;
  for (const std::vector<std::string>& command : commands) {
    const std::vector<std::string_view> words(command.begin(), command.end());
    AppendCommand(call.wire, words);
  }
  call.commands = commands.size();
  TRY(Measure(operation, call));
  return {};
}

Result<Reply> Pipeline::Run(Script script, Words keys, Words arguments) {
  Waiting call;
  call.script = script;
  call.keys = keys;
  call.words = arguments;
  return Measure(ScriptTexts().at(static_cast<size_t>(script)).name, call);
}

Result<Reply> Pipeline::Measure(std::string_view operation, Waiting& call) {
  const MonoTime begin = steady_clock::now();
  batcher_.Run(call, [this](Batch& batch) { Exchange(batch); });
  if (call.reply && call.reply->is(Reply::Kind::kError)) {
    call.reply = Fail(ToError(operation, *call.reply));
  }
  if (metrics_ != nullptr) {
    const Instruments instruments = InstrumentsOf(operation);
    instruments.duration->Observe(
        std::chrono::duration<double>(steady_clock::now() - begin).count());
    if (!call.reply) instruments.errors->Add();
  }
  return std::move(call.reply);
}

Pipeline::Instruments Pipeline::InstrumentsOf(std::string_view operation) {
  const std::lock_guard lock(instruments_mutex_);
  const auto known = instruments_.find(operation);
  if (known != instruments_.end()) return known->second;
  const std::string name(operation);
  Instruments instruments;
  instruments.duration = &metrics_->GetHistogram(
      "db_client_operation_duration_seconds", "How long queries take, by the query's name.",
      OperationSeconds(), {{"db_system_name", "redis"}, {"db_operation_name", name}});
  instruments.errors = &metrics_->GetCounter(
      "matinee_redis_errors_total", "Operations on Redis that failed.", {{"operation", name}});
  instruments_.emplace(name, instruments);
  return instruments;
}

void Pipeline::Exchange(Batch& batch) {
  if (connection_ != nullptr && !connection_->Usable()) connection_.reset();
  Status status;
  if (connection_ == nullptr) {
    auto connection = dialer_.Dial(connect_time_);
    scripts_loaded_ = false;
    if (connection) {
      connection_ = *std::move(connection);
    } else {
      status = Fail(connection.error());
    }
  }
  if (connection_ != nullptr) {
    status = SendAndReceive(batch);
    const Batch forgotten = TakeForgotten(batch);
    if (status && !forgotten.empty()) status = SendAndReceive(forgotten);
    if (!status) dialer_.OnConnectionLost(*connection_, status.error());
  }
  if (status) return;
  connection_.reset();
  // The calls that came in the meantime have waited as long as it took to find the connection
  // broken; the next attempt is for later calls.
  batcher_.DrainPending(batch);
  for (Waiting* call : batch) call->reply = Fail(status.error());
}

Pipeline::Batch Pipeline::TakeForgotten(const Batch& batch) {
  Batch forgotten;
  std::copy_if(batch.begin(), batch.end(), std::back_inserter(forgotten), [](const Waiting* call) {
    return call->script && call->reply && call->reply->IsError("NOSCRIPT");
  });
  if (!forgotten.empty()) scripts_loaded_ = false;
  return forgotten;
}

Status Pipeline::LoadScripts(MonoTime deadline) {
  std::string wire;
  for (const ScriptText& script : ScriptTexts()) {
    const std::array<std::string_view, 3> words = {"SCRIPT", "LOAD", script.text};
    AppendCommand(wire, words);
  }
  TRY(connection_->Send(wire, deadline));
  script_error_.reset();
  for (std::string& hash : hashes_) {
    TRY_ASSIGN(Reply reply, connection_->Receive(deadline));
    if (reply.is(Reply::Kind::kError)) script_error_ = ToError("script load", reply);
    hash = std::move(reply.text);
  }
  scripts_loaded_ = !script_error_;
  return {};
}

void Pipeline::Compose(const Waiting& call, std::string& wire) const {
  if (!call.wire.empty()) {
    wire += call.wire;
    return;
  }
  if (!call.script) {
    AppendCommand(wire, call.words);
    return;
  }
  const std::string keys = std::to_string(call.keys.size());
  std::vector<std::string_view> words = {"EVALSHA", hashes_.at(static_cast<size_t>(*call.script)),
                                         keys};
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.words.begin(), call.words.end());
  AppendCommand(wire, words);
}

Status Pipeline::SendAndReceive(Batch batch) {
  const MonoTime deadline = steady_clock::now() + command_time_;
  const auto is_script = [](const Waiting* call) { return call->script.has_value(); };
  if (!scripts_loaded_ && std::any_of(batch.begin(), batch.end(), is_script)) {
    TRY(LoadScripts(deadline));
    if (script_error_) {
      for (Waiting* call : batch) {
        if (call->script) call->reply = Fail(*script_error_);
      }
      std::erase_if(batch, is_script);
    }
  }
  std::string wire;
  for (const Waiting* call : batch) Compose(*call, wire);
  TRY(connection_->Send(wire, deadline));
  for (Waiting* call : batch) {
    for (size_t i = 0; i < call->commands; ++i) {
      TRY_ASSIGN(Reply reply, connection_->Receive(deadline));
      const bool failed = i > 0 && call->reply->is(Reply::Kind::kError);
      if (!failed) call->reply = std::move(reply);
    }
  }
  return {};
}

}  // namespace matinee::coord::redis
