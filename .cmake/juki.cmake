# SPDX-License-Identifier: Apache-2.0
# Build rules shared by every folder: flags, jk_library(), jk_program(), jk_test().

option(JK_WERROR "Warnings are errors" OFF)
option(JK_TRAP "Failed internal checks trap instead of breaking the engine" OFF)
set(JK_SANITIZE "" CACHE STRING "Value of -fsanitize=, empty for none")
set(JK_NANOPB_SOURCE "${CMAKE_SOURCE_DIR}/.deps/nanopb" CACHE PATH "nanopb 0.4.7 source")

set(CMAKE_C_FLAGS_DEV "-O1 -g" CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g" CACHE STRING "" FORCE)

set(JK_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wwrite-strings
  -Wundef -Wvla -Walloca -Wformat=2 -Wswitch-enum -Wnull-dereference -Wdouble-promotion
  -Wredundant-decls -Wunused-macros)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND JK_WARNINGS
    -Warith-conversion -Wcast-align=strict -Wformat-signedness -Wimplicit-fallthrough=5
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Warray-bounds=2 -Wstringop-overflow=4
    -Wuse-after-free=3 -Wbidi-chars=any -Wtrampolines)
else()
  list(APPEND JK_WARNINGS -Wcomma -Wassign-enum -Wimplicit-int-conversion -Wimplicit-fallthrough
    -Wunreachable-code-aggressive)
endif()

add_library(jk_flags INTERFACE)
target_compile_options(jk_flags INTERFACE -fno-common -fno-strict-aliasing -fvisibility=hidden)
if(JK_WERROR)
  target_compile_options(jk_flags INTERFACE -Werror)
endif()
if(JK_TRAP)
  target_compile_definitions(jk_flags INTERFACE JK_TRAP=1)
endif()
if(JK_SANITIZE)
  target_compile_options(jk_flags INTERFACE -fsanitize=${JK_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(jk_flags INTERFACE -fsanitize=${JK_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(jk_flags INTERFACE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full -fno-delete-null-pointer-checks)
  target_link_options(jk_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed)
endif()

add_library(jk_warnings INTERFACE)
target_compile_options(jk_warnings INTERFACE ${JK_WARNINGS})

# Public headers: every part may see them.
add_library(jk_include INTERFACE)
target_include_directories(jk_include INTERFACE
  ${CMAKE_SOURCE_DIR}/src/include ${CMAKE_SOURCE_DIR}/gen/refusals)

# jk_library(NAME SOURCES a.c b.c [PUBLIC deps] [PRIVATE deps] [GENERATED])
# A static library jk_NAME; GENERATED code is compiled without the house's warnings.
function(jk_library name)
  cmake_parse_arguments(A "GENERATED" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(jk_${name} STATIC ${A_SOURCES})
  target_link_libraries(jk_${name} PUBLIC jk_include ${A_PUBLIC} PRIVATE jk_flags ${A_PRIVATE})
  if(NOT A_GENERATED)
    target_link_libraries(jk_${name} PRIVATE jk_warnings)
  endif()
endfunction()

# jk_program(NAME SOURCES ... LINK ...)
function(jk_program name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE jk_flags jk_warnings jk_include ${A_LINK})
endfunction()

# jk_test(NAME LABEL label SOURCES ... LINK ... [DEFINE ...]): a cmocka program under ctest.
function(jk_test name)
  cmake_parse_arguments(A "" "LABEL" "SOURCES;LINK;DEFINE" ${ARGN})
  add_executable(test_${name} ${A_SOURCES})
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE jk_flags jk_warnings jk_include ${A_LINK} cmocka)
  target_compile_definitions(test_${name} PRIVATE JK_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    JK_BINARY_DIR="${CMAKE_BINARY_DIR}" ${A_DEFINE})
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS ${A_LABEL} TIMEOUT 120)
endfunction()
