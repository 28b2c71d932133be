"""Who somebody is: passwords, second factors, sessions, links. No rows here: storage keeps them."""
