# sluice_unity(<target>)
#
# With SLUICE_UNITY, compiles several sources of the target as one: what takes a
# compiler most of its time are the headers of CAF, Catch2 and fmt, which it then
# reads and instantiates once for all of them. A folder that takes part gives
# what its sources hide names that are its own (no second `patience`); the
# compiler says so where one is not.
function(sluice_unity target)
  if(SLUICE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON
                                               UNITY_BUILD_BATCH_SIZE 6)
    # It judges by whether the file is the one that is compiled.
    target_compile_options(
      ${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()
