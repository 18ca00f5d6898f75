{
  "includes": ["native/sources.gypi"],
  "targets": [
    {
      "target_name": "named_shm",
      "sources": ["<@(common_sources)"],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-fvisibility=hidden"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "12.0"
      },
      "conditions": [
        ["OS!='win'", {"sources": ["<@(posix_sources)"]}],
        ["OS=='linux'", {"sources": ["<@(linux_sources)", "<@(linux_fast_sources)"]}],
        ["OS=='mac'", {"sources": ["<@(darwin_sources)", "<@(fallback_sources)"]}],
        ["OS=='win'", {
          "sources": ["<@(win_sources)"],
          "defines": ["UNICODE", "WIN32_LEAN_AND_MEAN", "NOMINMAX"],
          "libraries": ["-lntdll.lib"],
          "msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/std:c++17", "/utf-8"]}}
        }]
      ]
    }
  ]
}
