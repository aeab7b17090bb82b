"""The trust authority: enrols agencies and signs the registry. Run by few people, on few days."""
