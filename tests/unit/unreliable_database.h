// A database whose statements fail when a test says so.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sql/database.h"

namespace matinee::sql {

// A real database with injected failures: before the statement, or after it (a lost answer).
class UnreliableDatabase final : public Database {
 public:
  enum class Failure { kBefore, kAfter };

  explicit UnreliableDatabase(std::unique_ptr<Database> real) : real_(std::move(real)) {}

  // From now on the `nth` run (1: the next) of the query fails, and the `times - 1` runs after it.
  void FailOn(const std::string& query, int nth = 1, int times = 1,
              Failure failure = Failure::kBefore) {
    const std::lock_guard lock(mutex_);
    plans_[query] = {nth, nth + times - 1, failure};
  }
  void Recover() {
    const std::lock_guard lock(mutex_);
    plans_.clear();
  }
  // Sets the code of the failures.
  void FailWith(Code code) { code_ = code; }
  // Returns the number of failures.
  [[nodiscard]] int failures() const { return failures_; }

  using Session::Run;
  Result<Rows> Run(const Query& query, std::span<const Value> values) override {
    return Try(query, [&] { return real_->Run(query, values); });
  }

  Result<std::vector<std::string>> Columns(std::string_view table) override {
    return real_->Columns(table);
  }

  using Database::RunGroupCommit;
  Result<Rows> RunGroupCommit(const Query& query, std::span<const Value> values) override {
    return Try(query, [&] { return real_->RunGroupCommit(query, values); });
  }

  Status Transact(const std::function<Status(Session&)>& body) override {
    return real_->Transact([&](Session& session) {
      Inner inner(*this, session);
      return body(inner);
    });
  }

 private:
  struct Plan {
    int first = 0;  // Runs to go.
    int last = 0;
    Failure failure = Failure::kBefore;
  };

  class Inner final : public Session {
   public:
    Inner(UnreliableDatabase& outer, Session& real) : outer_(outer), real_(real) {}
    Result<Rows> Run(const Query& query, std::span<const Value> values) override {
      return outer_.Try(query, [&] { return real_.Run(query, values); });
    }
    Result<std::vector<std::string>> Columns(std::string_view table) override {
      return real_.Columns(table);
    }

   private:
    UnreliableDatabase& outer_;
    Session& real_;
  };

  template <typename Statement>
  Result<Rows> Try(const Query& query, const Statement& run) {
    const std::optional<Failure> failure = NextFailure(std::string(query.name));
    if (failure != Failure::kBefore) {
      auto rows = run();
      if (!failure || !rows) return rows;
    }
    ++failures_;
    return Fail(code_, "the database is unavailable");
  }

  std::optional<Failure> NextFailure(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto plan = plans_.find(name);
    if (plan == plans_.end()) return std::nullopt;
    const bool fails = --plan->second.first <= 0 && plan->second.last > 0;
    --plan->second.last;
    return fails ? std::optional(plan->second.failure) : std::nullopt;
  }

  const std::unique_ptr<Database> real_;
  std::mutex mutex_;
  std::map<std::string, Plan> plans_;
  std::atomic<Code> code_{Code::kUnavailable};
  std::atomic<int> failures_{0};
};

}  // namespace matinee::sql
