# One INTERFACE target carries every compiler flag; no global flags, no globs.
add_library(wf_options INTERFACE)
target_compile_features(wf_options INTERFACE c_std_17 cxx_std_17)
target_compile_definitions(wf_options INTERFACE _GNU_SOURCE WORKFLOWD_VERSION="${PROJECT_VERSION}")
target_compile_options(wf_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  -Wformat=2 -Wundef -Wvla -Wpointer-arith -Werror -fno-common)
if(WORKFLOWD_SANITIZE)
  target_compile_options(wf_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(wf_options INTERFACE -fsanitize=address,undefined)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(wf_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE)
  target_link_options(wf_options INTERFACE -pie -Wl,-z,relro -Wl,-z,now)
endif()
if(WORKFLOWD_COVERAGE)
  target_compile_options(wf_options INTERFACE --coverage)
  target_link_options(wf_options INTERFACE --coverage)
endif()
if(WORKFLOWD_FUZZ)
  target_compile_options(wf_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# wf_library(NAME SOURCES a.c b.c LINK x y PRIVATE_LINK z)
# A room of the daemon. Its headers are included as "room/name.h" from daemon/;
# who may include whom is held by what a room links (tests/lint checks it too).
function(wf_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/daemon)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE wf_options ${ARG_PRIVATE_LINK})
endfunction()

# wf_unit_test(path/to/name_test.c LINK x y): a cmocka program named after its
# source; its cases are counted by test.sh from cmocka's own report.
function(wf_unit_test source)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  string(REGEX REPLACE "\\.c$" "" name "${source}")
  string(REPLACE "/" "_" name "${name}")
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE wf_options wf_stdout_by_line ${ARG_LINK} PkgConfig::CMOCKA)
  add_test(NAME unit/${name} COMMAND ${name})
  set_tests_properties(unit/${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
