# SPDX-License-Identifier: Apache-2.0
# The program `juki`: its verbs and their libraries.
jk_library(tool_node SOURCES client.c node.c options.c reconcile.c
    reconcile_layer.c reconcile_layer_print.c reconcile_print.c registry.c terminal.c tx.c
  PUBLIC jk_node jk_tool_refusal PRIVATE jk_differ jk_client_history jansson sodium)
target_include_directories(jk_tool_node PRIVATE
  ${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_BINARY_DIR})

jk_library(tool_identity SOURCES identity.c PRIVATE jk_tool_node jk_verify)
target_include_directories(jk_tool_identity PRIVATE ${CMAKE_SOURCE_DIR}/src)
jk_library(tool_chart SOURCES chart.c PRIVATE jk_tool_node jk_verify)
target_include_directories(jk_tool_chart PRIVATE ${CMAKE_SOURCE_DIR}/src)

set(jk_verbs "/* Written by src/tool/program.cmake: the verbs of this build. */\n")
set(jk_verb_libraries "")

# jk_verb(NAME LIBRARY HELP): one line of the verbs' table.
function(jk_verb name library help)
  string(REPLACE "-" "_" function ${name})
  string(APPEND jk_verbs "JK_VERB(\"${name}\", jk_tool_${function}, \"${help}\")\n")
  list(APPEND jk_verb_libraries ${library})
  set(jk_verbs "${jk_verbs}" PARENT_SCOPE)
  set(jk_verb_libraries "${jk_verb_libraries}" PARENT_SCOPE)
endfunction()

jk_verb(demo jk_tool_demo "runs a whole network and judges it")
jk_verb(node jk_tool_node "runs one node")
jk_verb(check-config jk_tool_node "checks a node's configuration")
jk_verb(terminal jk_tool_node "the desk of an integrated terminal")
jk_verb(registry jk_tool_node "the desk of a resident-registry system")
jk_verb(reconcile jk_tool_node "compares a CS with its servers, and repairs them")
jk_verb(tx jk_tool_node "where a transaction stands, and why; what a CS decides")
jk_verb(history jk_tool_history "judges what nodes and clients wrote down")
jk_verb(trace jk_tool_trace "step logs of nodes against the model")
jk_verb(keys jk_tool_keys "keys, certificates, the directory")
jk_verb(population jk_tool_population "synthetic residents")
jk_verb(decode jk_tool_wire "a message as text or JSON")
jk_verb(encode jk_tool_wire "text or JSON as a message")
jk_verb(gen jk_tool_gen "C from a Promela model")
jk_verb(identity jk_tool_identity "is the generated C the model: every state and edge, in SPIN and in C")
jk_verb(chart jk_tool_chart "a trail as a picture, or again on the generated C")
jk_verb(verify jk_tool_verify "checks the models with SPIN")
jk_verb(mutate jk_tool_verify "measures how strong the properties of the models are")
jk_verb(bench jk_tool_bench "measures rounds between real nodes")
list(REMOVE_DUPLICATES jk_verb_libraries)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/verbs.inc CONTENT "${jk_verbs}" @ONLY)

# The notices, byte for byte.
file(GLOB notices CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/notices/*.txt)
set(jk_notices "")
foreach(notice ${notices})
  get_filename_component(title ${notice} NAME_WE)
  string(HEX "== ${title} ==\n\n" head)
  file(READ ${notice} text HEX)
  string(APPEND jk_notices "${head}${text}0a")
endforeach()
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," jk_notices "${jk_notices}")
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/notices.inc CONTENT "${jk_notices}\n" @ONLY)

jk_program(juki SOURCES main.c LINK ${jk_verb_libraries})
target_include_directories(juki PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_BINARY_DIR})
target_compile_definitions(juki PRIVATE JK_VERSION="${PROJECT_VERSION}")
