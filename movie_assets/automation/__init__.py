"""Jobs, schedules and sensors: thin shells around pure decision functions."""
