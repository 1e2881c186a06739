"""How much one request may ask for, wherever it is answered."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from chainruler import wire
from chainruler.networks import Budget


class RequestLimits(BaseModel):
    """How much one request may ask for; docs/limits.md says what happens beyond each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_body_bytes: int = Field(
        32 * 2**20,
        ge=1024,
        description="Bytes of one body.",
    )
    max_held_bytes: int = Field(
        256 * 2**20, ge=2**20, description="Bytes of all larger bodies and answers under way in one worker."
    )
    max_depth: int = Field(64, ge=4, le=512, description="Objects and lists inside one another.")
    max_arrays: int = Field(1_024, ge=1, description="Arrays in one document.")
    max_rows: int = Field(2**20, ge=1, description="Opening brackets in one document: the rows of its arrays.")
    max_values: int = Field(65_536, ge=1, description="Members and entries of a document outside its arrays.")
    max_members: int = Field(2_048, ge=1, description="Members of one object.")
    max_header_bytes: int = Field(65_536, ge=1024, description="Bytes of the header of a safetensors body.")
    max_parameters: int = Field(10_000_000, ge=1, description="Numbers that a model learns.")
    max_numbers: int = Field(20_000_000, ge=1, description="Numbers in the largest intermediate array.")
    max_jacobian_numbers: int = Field(2_000_000, ge=1, description="Numbers in a Jacobian.")
    max_operations: int = Field(200_000_000_000, ge=1, description="Arithmetic operations of one evaluation.")
    max_steps: int = Field(100_000, ge=1, description="Training steps of one request.")
    max_training_operations: int = Field(200_000_000_000, ge=1, description="Arithmetic operations of all its steps.")
    max_derivation_terms: int = Field(10_000, ge=1, description="Terms of all lines of one derivation.")

    def of_documents(self) -> wire.DecodingLimits:
        """Those that hold while a body is read."""
        return wire.DecodingLimits(
            depth=self.max_depth,
            arrays=self.max_arrays,
            lists=self.max_rows,
            values=self.max_values,
            members=self.max_members,
            header=self.max_header_bytes,
        )

    def of_computing(self) -> Budget:
        """Those that hold for what a request asks for."""
        return Budget(
            parameters=self.max_parameters,
            flops=self.max_operations,
            numbers=self.max_numbers,
            jacobian=self.max_jacobian_numbers,
            steps=self.max_steps,
            training_flops=self.max_training_operations,
            terms=self.max_derivation_terms,
        )
