"""Configuration: YAML files -> frozen settings and tenants, located errors, JSON Schema, secrets, API keys.

The way of a tenant's file: yaml_loader (bytes -> Document), secrets (stand-ins), draft (tenant_file's models),
tenant_builder with source_builder and cross_checks (-> core.tenant.Tenant), registry.
"""
