# wf_install_compressed(source name folder): installs `source`, compressed, as folder/name.
function(wf_install_compressed source name folder)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/${name})
  add_custom_command(OUTPUT ${made} COMMAND gzip -9nc ${source} > ${made} DEPENDS ${source} VERBATIM)
  add_custom_target(compressed_${name} ALL DEPENDS ${made})
  install(FILES ${made} DESTINATION ${folder})
endfunction()
