#include "roles/media_roots.h"

namespace matinee {

MediaRootsComponent::MediaRootsComponent(Context& context)
    : roots_(media::MediaRootsOf(context.settings().media), context.metrics(), clock_) {}

}  // namespace matinee
