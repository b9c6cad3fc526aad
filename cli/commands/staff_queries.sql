-- Statements of `tekana staff`.

-- name: create_staff
select tekana.create_staff(%(email)s, %(phone_number)s, %(password_hash)s, %(role)s) as user_id;
