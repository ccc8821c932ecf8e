# SPDX-License-Identifier: Apache-2.0
"""The interface for programs: what every face says, as JSON, described by OpenAPI.

One module per area declares its operations and the shapes of their answers; each calls
the verb of the office that the page and the command line call. `operations` puts a gate
before every one of them, `problems` says what went wrong, `portal` serves all of it
under `/api/v1`.
"""
