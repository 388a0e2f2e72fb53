#include "api/api_settings.h"

#include "config/setting_types.h"

namespace matinee::api {

config::Section ApiSection(ApiSettings& api) {
  return {.title = "API",
          .settings = {
              config::Endpoint("API_ADDRESS", api.address,
                               "Address of the API, for `matinee edge`. A name is resolved at its "
                               "start."),
          }};
}

}  // namespace matinee::api
