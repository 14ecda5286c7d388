nsenter --target "$(running "$guest")" --ipc ipcmk -Q
