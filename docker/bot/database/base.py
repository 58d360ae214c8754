import os

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import declarative_base

Base = declarative_base()


def password():
    """DB_PASSWORD, or the secret in the file that DB_PASSWORD_FILE names."""
    if "DB_PASSWORD_FILE" in os.environ:
        with open(os.environ["DB_PASSWORD_FILE"]) as secret:
            return secret.read().rstrip("\r\n")
    return os.environ.get("DB_PASSWORD")


def database_url():
    """DATABASE_URL, whatever its driver, or DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.

    Beside a Service named "db", Kubernetes sets DB_PORT=tcp://10.0.0.1:5432.
    """
    driver = "postgresql+psycopg2"
    if "DATABASE_URL" in os.environ:
        return make_url(os.environ["DATABASE_URL"]).set(drivername=driver)
    return URL.create(
        driver,
        username=os.environ.get("DB_USER", "gigabridge"),
        password=password(),
        host=os.environ.get("DB_HOST", "localhost"),
        port=int(os.environ.get("DB_PORT", "5432").rpartition(":")[2]),
        database=os.environ.get("DB_NAME", "gigabridge"),
    )


def connect():
    return create_engine(database_url(), future=True)
