image "$app:1"
image "$app:2"
says "$app:1" "$app"
says "$app:2" "$app $version"
