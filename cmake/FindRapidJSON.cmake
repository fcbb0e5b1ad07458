# Finds RapidJSON. Debian's own CMake package of it defines no target.
# Defines the imported target rapidjson, of headers only.
find_path(RapidJSON_INCLUDE_DIR rapidjson/rapidjson.h)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(RapidJSON
                                  REQUIRED_VARS RapidJSON_INCLUDE_DIR)
mark_as_advanced(RapidJSON_INCLUDE_DIR)

if(RapidJSON_FOUND AND NOT TARGET rapidjson)
  add_library(rapidjson INTERFACE IMPORTED)
  set_target_properties(
    rapidjson PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                         "${RapidJSON_INCLUDE_DIR}")
endif()
