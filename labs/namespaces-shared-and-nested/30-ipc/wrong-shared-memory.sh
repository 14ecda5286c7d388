# expect: no message queue in
nsenter --target "$(running "$guest")" --ipc ipcmk -M 4096
