"""The server: the API's parts put together from this installation's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

import uvicorn

from api.console.parts import ConsoleParts
from api.main import create_app
from api.services import ApiSettings, Services, Serving
from catalogue.lint import lint
from delivery.recommend import Recommendations, recommend
from delivery.records import Provenance
from domain.errors import AddressTaken, CatalogueInvalid, DuixianError
from domain.facts import Audience, Value
from domain.policy import Policy
from domain.profile import Profile
from duixian.bundling import bundle_of
from duixian.clock import local_day, now
from duixian.desks import desk_of, population_of
from duixian.population import LivingPopulation
from duixian.ranking import Champions
from duixian.runtime import Runtime, audience_of
from duixian.samples import samples
from features import wide
from storage import life_events
from storage.connection import alive


def services(
    runtime: Runtime,
    champions: Champions,
    clock: Callable[[], datetime] = now,
    *,
    demo: bool,
    population: LivingPopulation | None = None,
) -> Services:
    """What `api.main.create_app` needs. `population`: one that is kept ready for the officers' pages already."""
    population = population or population_of(runtime)

    def apply_event(
        audience: Audience, subject_id: str, kind: str, changes: Mapping[str, Value], as_of: date, event_id: UUID
    ) -> bool:
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}
        event = life_events.LifeEvent(event_id, subject_id, audience, kind, plain, as_of, clock())
        with runtime.begin() as connection:
            new = life_events.record(connection, event)
            held = life_events.of_subject(connection, subject_id)
        # Written online also when the event is not new: a crash between the two writes is mended by a repetition.
        # What was stored under the id counts, not what a repetition carries.
        stored = next((one for one in held if one.event_id == event_id), None)
        if stored is not None:
            runtime.store.push(audience, subject_id, stored.changes, stored.as_of)
        return new

    def serving(subject_id: str) -> Serving:
        served, audience = runtime.served, audience_of(subject_id)

        def recommended(profile: Profile, as_of: date) -> Recommendations:
            return recommend(profile, served.program(audience, as_of, subject_id), champions.of(audience))

        def provenance() -> Provenance:
            model = champions.of(audience)
            return served.provenance(
                served.program(audience, local_day(clock()), subject_id),
                runtime.store.loaded_snapshot(audience),
                place=served.place_of(subject_id),
                model_version=model.name if model else None,
            )

        return Serving(
            catalogue=served.catalogue_for(subject_id),
            recommend=recommended,
            bundle=lambda profile, as_of: bundle_of(runtime, served, profile, as_of),
            decide=served.decide,
            provenance=provenance,
        )

    def ready() -> Mapping[str, str]:
        return {
            "database": _state(lambda: alive(runtime.begin)),
            "features": _state(lambda: _read_one(runtime)),
            "catalogue": runtime.trouble or "ok",
        }

    return Services(
        settings=ApiSettings(runtime.settings.signing_key(), runtime.settings.token_minutes, demo),
        served=lambda: runtime.catalogue,
        serving=serving,
        connect=runtime.begin,
        profile=runtime.profile,
        audience_of=audience_of,
        apply_event=apply_event,
        clock=clock,
        ready=ready,
        samples=lambda: samples(runtime.home),
        console=ConsoleParts(
            runtime.officers,
            desk_of(runtime, population),
            population,
            lint,
            runtime.audit,
            lambda: _consultations(runtime),
        ),
    )


def _consultations(runtime: Runtime) -> Sequence[Policy]:
    """What the files hold that was only put out for comment; nothing while the files cannot be read."""
    try:
        return runtime.files.consultations
    except CatalogueInvalid:
        return ()


def run_server(runtime: Runtime, *, demo: bool, tell: Callable[[str], object]) -> None:
    """Serve until interrupted; says where once it listens. Feast and the models are loaded before the first request."""
    settings = runtime.settings
    _read_one(runtime)
    population = population_of(runtime)
    # Officers wait for their first figures otherwise; subjects do not wait for this.
    threading.Thread(target=_prepare, args=(population,), name="population", daemon=True).start()
    with Champions(settings) as champions:
        app = create_app(services(runtime, champions, demo=demo, population=population))
        listening = _listen(settings.host, settings.port)
        host, port = listening.getsockname()[:2]
        tell(f"Listening on http://{host}:{port}  (API: /docs)")
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        server.run(sockets=[listening])


def _prepare(population: LivingPopulation) -> None:
    for audience in Audience:
        with suppress(DuixianError):  # it is told when it is asked for
            population.prepare(audience, local_day(now()))


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as error:
        raise AddressTaken(
            f"The server cannot listen on {host}:{port}: {error.strerror}.",
            next_step="End what listens there, or choose another with --port (0: any free port).",
            host=host,
            port=port,
        ) from error


def _read_one(runtime: Runtime) -> None:
    """Read some profile: proves the feature store works, and takes its slow first import."""
    for audience in Audience:
        ids = wide.read(wide.latest(runtime.home, audience), columns=["subject_id"]).slice(0, 1)
        runtime.profile(audience, ids["subject_id"][0].as_py())


def _state(part: Callable[[], None]) -> str:
    try:
        part()
    except DuixianError as error:
        return error.message
    return "ok"
