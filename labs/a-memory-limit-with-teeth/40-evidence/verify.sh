if [ ! -s /root/oom_kills ]; then
    echo "The file /root/oom_kills is missing or empty."
    exit 1
fi
if [ "$(tr -d '[:space:]' < /root/oom_kills)" != "$(oom_kills)" ]; then
    echo "/root/oom_kills says '$(head -c 40 /root/oom_kills | tr '\n' ' ')', but the control file counts another number."
    exit 1
fi
