# expect: in the machine's IPC namespace
ipcmk -Q
