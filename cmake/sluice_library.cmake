# sluice_library(<folder> [UNITY] SOURCES <files…> [LINKS <targets…>] [PRIVATE_LINKS <targets…>])
#
# One static library per folder. Its headers are reachable as "<folder>/x.hpp"
# only for targets that link it: each folder gets an include directory of its
# own that holds nothing but a link to the folder. So an include that the table
# in ARCHITECTURE.md does not allow does not compile.
# UNITY: see sluice_unity.
function(sluice_library folder)
  cmake_parse_arguments(arg "UNITY" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  set(include_root "${CMAKE_BINARY_DIR}/include/${folder}")
  file(MAKE_DIRECTORY "${include_root}")
  if(NOT EXISTS "${include_root}/${folder}")
    file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${folder}" "${include_root}/${folder}"
         SYMBOLIC)
  endif()
  add_library(sluice_${folder} STATIC ${arg_SOURCES})
  target_include_directories(sluice_${folder} PUBLIC "${include_root}")
  target_link_libraries(
    sluice_${folder}
    PUBLIC sluice_options ${arg_LINKS}
    PRIVATE ${arg_PRIVATE_LINKS})
  if(arg_UNITY)
    sluice_unity(sluice_${folder})
  endif()
endfunction()
