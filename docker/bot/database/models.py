import enum

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import relationship

from database.base import Base


class UserStatus(enum.Enum):
    ACTIVE = "active"
    PAUSED = "paused"
    EXPIRED = "expired"
    BANNED = "banned"


def timestamp(**options):
    return Column(DateTime(timezone=True), **options)


def now():
    return timestamp(nullable=False, server_default=func.now())


def flag(default):
    return Column(Boolean, nullable=False, server_default=text(default))


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="users_balance_check"),
        CheckConstraint("referrer_id <> id", name="users_referrer_check"),
        CheckConstraint("email LIKE '_%@_%'", name="users_email_check"),
        {"comment": "People who have started the bot"},
    )

    id = Column(BigInteger, Identity(), primary_key=True)
    tg_id = Column(
        BigInteger,
        nullable=False,
        unique=True,
        comment="Telegram's id, also that of the private chat",
    )
    username = Column(String(32), comment="Without @; not everyone has one, and it changes")
    language_code = Column(String(8), nullable=False, server_default="ru")
    status = Column(
        Enum(UserStatus, name="user_status", values_callable=lambda e: [s.value for s in e]),
        nullable=False,
        server_default="active",
        index=True,
    )
    is_admin = flag("false")
    balance = Column(
        Numeric(10, 2),
        nullable=False,
        server_default=text("0"),
        comment="Roubles from referrals, spent before a payment",
    )
    referrer_id = Column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at = now()
    last_seen_at = timestamp()
    email = Column(
        String(254),
        index=True,
        comment="Where receipts go; NULL until the first payment asks for it",
    )

    subscriptions = relationship("Subscription", back_populates="user", passive_deletes=True)
    tickets = relationship("SupportTicket", back_populates="user", passive_deletes=True)


class Tariff(Base):
    __tablename__ = "tariffs"
    __table_args__ = (
        CheckConstraint("price >= 0", name="tariffs_price_check"),
        CheckConstraint("duration_days > 0", name="tariffs_duration_check"),
        CheckConstraint("traffic_limit_gb > 0", name="tariffs_traffic_check"),
    )

    id = Column(Integer, Identity(), primary_key=True)
    name = Column(String(64), nullable=False, unique=True)
    price = Column(Numeric(10, 2), nullable=False, comment="Roubles for the whole duration")
    duration_days = Column(Integer, nullable=False)
    traffic_limit_gb = Column(Integer, comment="NULL: no limit")
    is_active = Column(
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="false: no longer sold, still honoured",
    )


class Location(Base):
    __tablename__ = "locations"
    __table_args__ = (
        UniqueConstraint("country_code", "city"),
        CheckConstraint("country_code ~ '^[A-Z]{2}$'", name="locations_country_code_check"),
    )

    id = Column(Integer, Identity(), primary_key=True)
    country_code = Column(
        CHAR(2),
        nullable=False,
        comment="ISO 3166-1 alpha-2, which the bot turns into a flag",
    )
    city = Column(String(64), nullable=False)
    is_hidden = flag("false")

    servers = relationship("Server", back_populates="location")


class Server(Base):
    __tablename__ = "servers"
    __table_args__ = (
        UniqueConstraint("host", "port"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="servers_port_check"),
        CheckConstraint("capacity > 0", name="servers_capacity_check"),
    )

    id = Column(Integer, Identity(), primary_key=True)
    location_id = Column(
        Integer, ForeignKey("locations.id", ondelete="RESTRICT"), nullable=False, index=True
    )
    host = Column(String(253), nullable=False)
    port = Column(Integer, nullable=False, server_default=text("443"))
    settings = Column(
        JSONB,
        nullable=False,
        server_default="{}",
        comment="What the server's panel is given for a new client",
    )
    capacity = Column(
        Integer,
        nullable=False,
        server_default=text("500"),
        comment="Subscriptions it takes before it is left out of the menu",
    )
    is_active = flag("true")
    created_at = now()

    location = relationship("Location", back_populates="servers")


class Subscription(Base):
    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("traffic_used >= 0", name="subscriptions_traffic_check"),
        CheckConstraint("expires_at > started_at", name="subscriptions_period_check"),
        Index("ix_subscriptions_renewal", "expires_at", postgresql_where=text("auto_renew")),
    )

    id = Column(BigInteger, Identity(), primary_key=True)
    user_id = Column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    )
    tariff_id = Column(Integer, ForeignKey("tariffs.id", ondelete="RESTRICT"), nullable=False)
    server_id = Column(
        Integer,
        ForeignKey("servers.id", ondelete="SET NULL"),
        index=True,
        comment="NULL: the server is gone, another has to be chosen",
    )
    client_key = Column(
        UUID(as_uuid=True),
        nullable=False,
        unique=True,
        server_default=func.gen_random_uuid(),
        comment="The secret part of the subscription link",
    )
    traffic_used = Column(BigInteger, nullable=False, server_default=text("0"), comment="Bytes")
    auto_renew = flag("false")
    started_at = now()
    expires_at = timestamp(nullable=False)

    user = relationship("User", back_populates="subscriptions")
    tariff = relationship("Tariff")
    server = relationship("Server")


class Payment(Base):
    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "provider_payment_id"),
        CheckConstraint(
            "provider IN ('yookassa', 'stars', 'crypto')", name="payments_provider_check"
        ),
        CheckConstraint("amount > 0", name="payments_amount_check"),
        CheckConstraint(
            "status IN ('pending', 'paid', 'cancelled', 'refunded')", name="payments_status_check"
        ),
        CheckConstraint(
            "paid_at IS NOT NULL OR status NOT IN ('paid', 'refunded')",
            name="payments_paid_at_check",
        ),
        Index("ix_payments_user_id_created_at", "user_id", "created_at"),
        Index("ix_payments_pending", "created_at", postgresql_where=text("status = 'pending'")),
        {"comment": "Never deleted: the books refer to them"},
    )

    id = Column(BigInteger, Identity(), primary_key=True)
    user_id = Column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"), nullable=False)
    tariff_id = Column(Integer, ForeignKey("tariffs.id", ondelete="RESTRICT"), nullable=False)
    subscription_id = Column(
        BigInteger,
        ForeignKey("subscriptions.id", ondelete="SET NULL"),
        index=True,
        comment="What was bought; NULL until the payment has arrived",
    )
    provider = Column(String(16), nullable=False)
    provider_payment_id = Column(
        String(64), nullable=False, comment="The id that the provider's webhook gives"
    )
    amount = Column(Numeric(10, 2), nullable=False)
    currency = Column(CHAR(3), nullable=False, server_default="RUB")
    status = Column(String(16), nullable=False, server_default="pending")
    created_at = now()
    paid_at = timestamp()

    user = relationship("User")
    tariff = relationship("Tariff")
    subscription = relationship("Subscription")


class SupportTicket(Base):
    __tablename__ = "support_tickets"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'answered', 'closed')", name="support_tickets_status_check"
        ),
        CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name="support_tickets_closed_at_check"
        ),
        Index(
            "ix_support_tickets_queue",
            "priority",
            "created_at",
            postgresql_where=text("status = 'open'"),
        ),
    )

    id = Column(BigInteger, Identity(), primary_key=True)
    user_id = Column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    )
    payment_id = Column(
        BigInteger,
        ForeignKey("payments.id", ondelete="SET NULL"),
        index=True,
        comment="The payment it is about, if it is about one",
    )
    subject = Column(String(200), nullable=False)
    status = Column(String(16), nullable=False, server_default="open")
    priority = Column(
        SmallInteger, nullable=False, server_default=text("0"), comment="Smaller is sooner"
    )
    created_at = now()
    closed_at = timestamp()

    user = relationship("User", back_populates="tickets")
    messages = relationship(
        "SupportMessage",
        back_populates="ticket",
        order_by="SupportMessage.created_at",
        passive_deletes=True,
    )


class SupportMessage(Base):
    __tablename__ = "support_messages"
    __table_args__ = (
        CheckConstraint("length(body) BETWEEN 1 AND 4096", name="support_messages_body_check"),
        Index("ix_support_messages_ticket_id_created_at", "ticket_id", "created_at"),
    )

    id = Column(BigInteger, Identity(), primary_key=True)
    ticket_id = Column(
        BigInteger, ForeignKey("support_tickets.id", ondelete="CASCADE"), nullable=False
    )
    author_id = Column(
        BigInteger,
        ForeignKey("users.id", ondelete="SET NULL"),
        index=True,
        comment="The customer or an operator; NULL: the bot",
    )
    body = Column(Text, nullable=False, comment="At most what Telegram takes in one message")
    photo_file_id = Column(String(255), comment="Telegram's file_id, which it serves again")
    created_at = now()

    ticket = relationship("SupportTicket", back_populates="messages")


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "send_at"),
        CheckConstraint("attempts >= 0", name="notifications_attempts_check"),
        Index("ix_notifications_due", "send_at", postgresql_where=text("sent_at IS NULL")),
        {"comment": "Messages that the bot sends of its own accord"},
    )

    id = Column(BigInteger, Identity(), primary_key=True)
    user_id = Column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    kind = Column(String(32), nullable=False, comment="The name of the template")
    payload = Column(
        JSONB, nullable=False, server_default="{}", comment="The values that the template takes"
    )
    send_at = now()
    sent_at = timestamp()
    attempts = Column(SmallInteger, nullable=False, server_default=text("0"))

    user = relationship("User")
