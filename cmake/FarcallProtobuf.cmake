# Messages of protobuf, and services of gRPC, as libraries of their own.
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)

# farcall_protobuf(TARGET FILE [GRPC]), for proto/CMakeLists.txt: a static library of what protoc makes of FILE, a path
# from the top of the sources; with GRPC its services as well. What proto/NAME.proto gives is included as
# "proto/NAME.pb.h" and "proto/NAME.grpc.pb.h".
function(farcall_protobuf target file)
  cmake_parse_arguments(ARG "GRPC" "" "" ${ARGN})
  set(directory ${CMAKE_BINARY_DIR}/protobuf)
  file(MAKE_DIRECTORY ${directory})
  cmake_path(REMOVE_EXTENSION file OUTPUT_VARIABLE stem)
  set(made ${directory}/${stem}.pb.cc ${directory}/${stem}.pb.h)
  set(options --cpp_out=${directory})
  if(ARG_GRPC)
    list(APPEND made ${directory}/${stem}.grpc.pb.cc ${directory}/${stem}.grpc.pb.h)
    list(APPEND options --grpc_out=${directory} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
  endif()
  add_custom_command(
    OUTPUT ${made}
    COMMAND protobuf::protoc ${options} -I ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${file}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file}
    COMMENT "protoc ${file}")
  add_custom_target(${target}_generated DEPENDS ${made})
  add_dependencies(proto_generated ${target}_generated)
  add_library(${target} STATIC ${made})
  # The warnings of generated code are not ours.
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC ${directory})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(${target} PUBLIC gRPC::grpc++_unsecure)
  endif()
endfunction()
