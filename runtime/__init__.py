"""What every process plugs in: settings, telemetry, the Temporal client, PKCS#11, translations."""
