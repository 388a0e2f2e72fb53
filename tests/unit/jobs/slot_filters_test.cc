#include <gtest/gtest.h>

#include <vector>

#include "coord/queue_table.h"
#include "jobs/worker.h"

namespace matinee::jobs {
namespace {

using Filters = std::vector<coord::QueueFilter>;

TEST(SlotFiltersTest, WithoutReservationsEachSlotServesEveryQueue) {
  EXPECT_EQ(SlotFilters({{.name = "a"}, {.name = "b"}}, 2), Filters({{0, 1}, {0, 1}}));
}

TEST(SlotFiltersTest, AReservedSlotServesItsQueueOnly) {
  EXPECT_EQ(SlotFilters({{.name = "a"}, {.name = "b", .reserved_slots = 2}}, 4),
            Filters({{1}, {1}, {0, 1}, {0, 1}}));
}

TEST(SlotFiltersTest, OneSlotMoreThanTheReservedOnesServesEveryQueue) {
  EXPECT_EQ(SlotFilters({{.name = "a", .reserved_slots = 1}, {.name = "b"}}, 1),
            Filters({{0}, {0, 1}}));
}

TEST(SlotFiltersTest, AQueueIsServedByAtMostItsSlots) {
  EXPECT_EQ(SlotFilters({{.name = "a"}, {.name = "b", .slots_max = 1}}, 3),
            Filters({{0, 1}, {0}, {0}}));
}

TEST(SlotFiltersTest, ReservedSlotsCountTowardsTheSlotsOfTheirQueue) {
  EXPECT_EQ(SlotFilters({{.name = "a", .reserved_slots = 1, .slots_max = 2}, {.name = "b"}}, 4),
            Filters({{0}, {0, 1}, {1}, {1}}));
}

TEST(SlotFiltersTest, AQueueThatUsesReservedSlotsComesAfterTheirOwn) {
  EXPECT_EQ(SlotFilters({{.name = "a", .reserved_slots = 1},
                         {.name = "b"},
                         {.name = "c", .uses_reserved_slots = true}},
                        2),
            Filters({{0, 2}, {0, 1, 2}}));
}

TEST(SlotFiltersTest, ReservedSlotsCountTowardsTheSlotsOfAQueueThatUsesThem) {
  EXPECT_EQ(SlotFilters({{.name = "a", .reserved_slots = 1},
                         {.name = "b", .uses_reserved_slots = true, .slots_max = 1}},
                        3),
            Filters({{0, 1}, {0}, {0}}));
}

TEST(SlotFiltersTest, ASlotThatWouldServeNothingIsNotMade) {
  EXPECT_EQ(SlotFilters({{.name = "a", .slots_max = 1}, {.name = "b", .slots_max = 2}}, 9),
            Filters({{0, 1}, {1}}));
}

}  // namespace
}  // namespace matinee::jobs
