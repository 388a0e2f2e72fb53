// What /readyz leaves out: `/readyz?exclude=database&exclude=api`, in the way of kube-apiserver.
//
// Thread safety: pure.
#pragma once

#include "base/result.h"
#include "http/message.h"

namespace matinee {

// The checks that can be left out, because another pod would fail them too: to take all pods out
// of a Service turns answers that say what is wrong into connections that fail.
struct Readiness {
  bool database = true;  // PostgreSQL answers.
  bool redis = true;     // Redis answers, if the role needs it.
  bool api = true;       // The API behind an edge answers.
};

// Fails with kInvalidArgument for a check that does not exist.
Result<Readiness> ReadinessOf(const http::Request& request);

}  // namespace matinee
