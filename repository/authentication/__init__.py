"""Who asks: local accounts, an OpenID provider's people, agencies' certificates, and sessions."""
