// What a program is made of, beside its roles and settings.
//
// Thread safety: plain values.
#pragma once

#include "coord/queue_table.h"
#include "sql/schema.h"

namespace matinee {

struct Program {
  sql::SchemaRegistry schemas;  // In the order in which `migrate` creates their tables.
  coord::QueueTable queues;
};

}  // namespace matinee
