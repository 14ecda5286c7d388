docker network connect "$net" db
