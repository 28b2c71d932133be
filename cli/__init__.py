"""The `musubi` command."""
